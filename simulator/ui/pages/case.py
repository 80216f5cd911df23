"""One case study."""

import streamlit as st

from simulator.ui.case import case_page

case_page(st.query_params.get("case", ""))
