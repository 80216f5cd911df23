"""The app's entry: which pages there are, and what they have in common."""

from pathlib import Path

import streamlit as st

from simulator import ui
from simulator.ui import navigation

ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<rect width="16" height="16" rx="4" fill="#0B5CAD"/>
<path d="M3 11.5 6.5 7l3 2.5L13 4.5" fill="none" stroke="#fff" stroke-width="2"/></svg>"""

st.set_page_config(page_title="Simulator", page_icon=ICON, layout="wide")
st.html(Path(ui.__file__).with_name("page.css"))

pages = [
    navigation.library(),
    navigation.case_study(),
    navigation.explore(),
    navigation.play(),
]
page = st.navigation(pages, position="hidden")
if "case" in st.query_params and page.url_path == "":
    st.switch_page(navigation.case_study(), query_params=st.query_params.to_dict())
page.run()
