"""The web page: `meeting-analyzer web`. Streamlit and streamlit-webrtc are imported below this package only."""
