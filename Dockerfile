# Builds the service from the locked requirements. The program needs no shell, no compiler and no root.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1
WORKDIR /build
RUN python -m venv /opt/lotse
COPY requirements.txt ./
# First the build tool, from the same lock: one dependency (atomicwrites) comes as source only, and would
# otherwise be built with whatever build tool is newest.
RUN sed -n '/^setuptools==/,/[^\\]$/p' requirements.txt > build.txt \
    && /opt/lotse/bin/pip install --require-hashes --only-binary=:all: --requirement build.txt \
    && /opt/lotse/bin/pip install --require-hashes --only-binary=:all: --no-binary=atomicwrites \
        --no-build-isolation --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY adapters ./adapters
COPY knowledge ./knowledge
# Compiled and learned here, so that the first start is a warm one and the check of health, a program of its own each
# half minute, is quick: nothing can be written later.
RUN /opt/lotse/bin/pip install --no-deps --no-build-isolation . \
    && /opt/lotse/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/lotse/lib \
    && LOTSE_KNOWLEDGE_DIR=/build/knowledge /opt/lotse/bin/lotse learn --into /build/knowledge/.learned

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin lotse \
    && install -d -o lotse -g lotse -m 0700 /state
# The base image brings Python's own library without bytecode: 15 MB.
RUN python -m compileall -q --invalidation-mode unchecked-hash -x site-packages /usr/local/lib/python3*
COPY --from=build /opt/lotse /opt/lotse
COPY --from=build /build/knowledge /knowledge
ENV PATH=/opt/lotse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    LOTSE_STATE_DIR=/state \
    LOTSE_KNOWLEDGE_DIR=/knowledge \
    LOTSE_HTTP_LISTEN=127.0.0.1:9100
USER 10001:10001
WORKDIR /state
VOLUME /state
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["lotse", "health"]
ENTRYPOINT ["lotse"]
CMD ["run"]
