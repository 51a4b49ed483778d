"""The product PTS, version 2020-10-20: load tests, run by the same generator as `yunbox rehearse`."""
