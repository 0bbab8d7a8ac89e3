"""What Streamlit runs for every visitor, again and again. By its full name: Streamlit runs it as a program of its own."""

from meeting_analyzer.web.views import show

show()
