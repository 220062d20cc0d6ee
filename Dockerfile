# syntax=docker/dockerfile:1
# The same image as `cargo image` makes without a daemon; for another architecture:
# docker buildx build --platform linux/amd64,linux/arm64 .
FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev gcc make
WORKDIR /src
COPY . .
# musl is linked statically, so the programs need nothing of a system.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    cargo build --locked --package kubeblame --profile dist --bin kubeblame --bin kubectl-blame \
 && printf 'nonroot:x:65532:65532::/:\n' > /passwd

FROM scratch
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="kubeblame" \
      org.opencontainers.image.description="Which change, by whom, broke which container" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /src/target/dist/kubeblame /src/target/dist/kubectl-blame /
COPY --from=build /passwd /etc/passwd
ENV PATH=/
USER 65532:65532
ENTRYPOINT ["/kubeblame"]
