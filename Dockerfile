# One image for every process; docker-compose.yml says which of them it is.

FROM node:24-slim AS page
WORKDIR /build/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM python:3.13-slim AS packages
WORKDIR /app
RUN python -m venv /app/.venv
COPY locks/runtime.txt locks/
RUN /app/.venv/bin/pip install --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: -r locks/runtime.txt

FROM python:3.13-slim
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN groupadd --gid 10001 sluice && useradd --uid 10001 --gid sluice --create-home sluice
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY alembic.ini pyproject.toml ./
COPY settings settings
COPY errors errors
COPY db db
COPY llm llm
COPY streaming streaming
COPY library library
COPY scheduling scheduling
COPY assistant assistant
COPY tasks tasks
COPY api api
COPY local local
COPY --from=page /build/web/dist web/dist
USER sluice
EXPOSE 8000
ENTRYPOINT ["python", "-m", "local.entry"]
CMD ["python", "-m", "api"]
