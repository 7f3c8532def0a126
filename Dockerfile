# Portrait Atelier on the CPU, in one container, not as root:
#   docker build -t atelier .
#   docker run --rm -v "$PWD:/photos" --user "$(id -u)" atelier apply portrait.jpg -s golden-hour
# Styles of your own and checkpoints stay with -v atelier:/home/atelier; other extras: --build-arg EXTRAS=heic,panel.
FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /dist .

FROM python:3.12-slim
ARG EXTRAS=heic
# OpenCV asks the system for these.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 libxcb1 \
    && rm -rf /var/lib/apt/lists/*
# Without several GB for GPUs; a layer of its own, which a change of the code leaves alone.
RUN python -m pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu torch torchvision
RUN --mount=type=bind,from=build,source=/dist,target=/dist \
    python -m pip install --no-cache-dir "$(echo /dist/*.whl)[$EXTRAS]"
# Any user may keep files in this home, so that --user can be the one whose photos they are.
RUN useradd --uid 1000 --create-home atelier && chmod 1777 /home/atelier && install -d -o atelier -m 1777 /photos
ENV HOME=/home/atelier
USER atelier
WORKDIR /photos
ENTRYPOINT ["atelier"]
CMD ["--help"]
