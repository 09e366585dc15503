"""What must hold before a number is published: suites as data, a fast SQL gate, and data docs."""
