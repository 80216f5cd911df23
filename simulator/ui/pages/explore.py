"""Studies of one case study."""

import streamlit as st

from simulator.ui.explore import explore_page

explore_page(st.query_params.get("case", ""))
