# The web page in a container: docker build -t meeting-analyzer . && docker run -p 8501:8501 -e MEETING_ANALYZER_PASSWORD=... meeting-analyzer
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
# a server opens no window: OpenCV without them needs no system libraries and a third less room
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir -q -c constraints.txt ".[web]" \
 && version=$(sed -n 's/^opencv-python==//p' constraints.txt) \
 && /venv/bin/pip uninstall -q -y opencv-python \
 && /venv/bin/pip install --no-cache-dir -q --no-deps "opencv-python-headless==$version" \
 && /venv/bin/pip uninstall -q -y pip \
 && find /venv -name __pycache__ -prune -exec rm -rf {} +

FROM python:3.13-slim
COPY --from=build /venv /venv
RUN useradd --create-home analyzer
USER analyzer
WORKDIR /home/analyzer
ENV PATH=/venv/bin:$PATH PORT=8501 PYTHONUNBUFFERED=1
EXPOSE 8501
# exec, so that the server gets the signal that ends it
CMD ["sh", "-c", "exec meeting-analyzer web --address 0.0.0.0 --port \"$PORT\""]
