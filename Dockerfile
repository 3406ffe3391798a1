# The API and the jobs process, for your own TimescaleDB; the embedded engine is not in here.
# Build: docker build -t footfall .      With a lake: --build-arg LAKE=yes      Run: see docker-compose.yml

FROM python:3.13-slim-trixie AS build

# Wheels only, each by its hash: nothing is resolved or compiled, so neither stage has a compiler.
COPY requirements.txt /tmp/
COPY tracking/lake/requirements.txt /tmp/lake.txt
COPY tracking/telemetry/requirements.txt /tmp/tracing.txt
# Set: the packages of the lake, too, some 400 MB; those of traces.
ARG LAKE=
ARG TRACING=
RUN python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-deps --require-hashes --only-binary :all: -r /tmp/requirements.txt ${LAKE:+-r /tmp/lake.txt} \
        ${TRACING:+-r /tmp/tracing.txt} \
 && pip --python /venv/bin/python check

FROM python:3.13-slim-trixie

COPY --from=build /venv /venv
WORKDIR /footfall
COPY LICENSE NOTICE wsgi.py ./
COPY deploy/gunicorn.conf.py deploy/
COPY deploy/server/ deploy/server/
COPY sql/ sql/
COPY jobs/ jobs/
COPY tracking/ tracking/
# The root filesystem may be read-only, so bytecode is made here.
RUN python -m compileall -q deploy jobs tracking wsgi.py

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000

# A number, so that an orchestrator can see that it is not root. It owns no file here.
USER 10001:10001
# Where a volume is mounted there, as on Fargate, it is as open as /tmp here is.
VOLUME ["/tmp"]
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=2)"]

CMD ["python", "-m", "tracking", "serve"]
