# Two images: `web` (API, sweeper, migrate, accounts) has no decoder nor encoder, `worker` has them all.
ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS wheels
WORKDIR /src
COPY requirements.lock .
# Digests are checked here, once; the images below can install nothing that did not pass.
RUN pip wheel --no-cache-dir --require-hashes --wheel-dir /wheels -r requirements.lock
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:${PYTHON}-slim AS base
RUN useradd --system --uid 10001 darkroom && install --directory --owner darkroom /data
ENV DARKROOM_DATA_DIR=/data PYTHONUNBUFFERED=1
WORKDIR /data
VOLUME /data
ENTRYPOINT ["darkroom"]

FROM base AS web
RUN --mount=from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels darkroom
USER darkroom
EXPOSE 8000
CMD ["web"]

FROM base AS worker
# Turns JPEGs losslessly; without it they are encoded anew, and it is said.
RUN apt-get update && apt-get install -y --no-install-recommends libturbojpeg0 && rm -rf /var/lib/apt/lists/*
RUN --mount=from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels 'darkroom[compute]'
USER darkroom
CMD ["work"]
