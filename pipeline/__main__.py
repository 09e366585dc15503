"""`python -m pipeline` is `vidhuk`."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
