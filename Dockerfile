# One image for the API, the worker and the migrations; the command says which. Without one it serves the API.
FROM python:3.11.16-slim-trixie AS packages

COPY requirements/runtime.txt /tmp/runtime.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r /tmp/runtime.txt


FROM python:3.11.16-slim-trixie

ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends apertium-es-pt \
    && rm -rf /var/lib/apt/lists/*

RUN groupadd --system --gid 10001 amends \
    && useradd --system --uid 10001 --gid amends --home-dir /app --no-create-home amends

# The volume for uploaded files is made after this folder: the user who runs here may write to it.
RUN install -d -o amends -g amends -m 0700 /evidence

WORKDIR /app
COPY --from=packages /venv /venv
COPY alembic.ini settings.py worker.py ./
COPY deploy/worker_polls.py deploy/
COPY claims claims
COPY storage storage
COPY activities activities
COPY workflows workflows
COPY api api
COPY ops ops
RUN python -m compileall -q .

USER amends
EXPOSE 8080
CMD ["uvicorn", "api.app:create_app", "--factory", "--host", "0.0.0.0", "--port", "8080", "--timeout-graceful-shutdown", "20"]
