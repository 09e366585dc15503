# Two stages: the first installs the locked packages, the second holds nothing that could install or compile.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/vidhuk
WORKDIR /src
COPY requirements.lock ./
RUN /opt/vidhuk/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY pipeline ./pipeline
COPY streams ./streams
COPY warehouse ./warehouse
COPY expectations ./expectations
RUN /opt/vidhuk/bin/pip install --no-deps .
# Compile what runs as machine code; not from here, where the sources would be taken for the package.
WORKDIR /
ENV NUMBA_CACHE_DIR=/var/cache/vidhuk
RUN /opt/vidhuk/bin/python -m pipeline.bootstrap.warm

FROM python:3.12-slim
RUN groupadd --gid 10001 vidhuk \
    && useradd --uid 10001 --gid vidhuk --no-create-home --home-dir /var/lib/vidhuk --shell /usr/sbin/nologin vidhuk \
    && install --directory --owner vidhuk --group vidhuk --mode 0750 /var/lib/vidhuk
COPY --from=build /opt/vidhuk /opt/vidhuk
# Writable, because another kind of processor compiles anew.
COPY --from=build --chown=10001:10001 /var/cache/vidhuk /var/cache/vidhuk
ENV PATH=/opt/vidhuk/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 VIDHUK_HOME=/var/lib/vidhuk \
    NUMBA_CACHE_DIR=/var/cache/vidhuk
USER 10001:10001
WORKDIR /var/lib/vidhuk
VOLUME /var/lib/vidhuk
ENTRYPOINT ["vidhuk"]
CMD ["--help"]
