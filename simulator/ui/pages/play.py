"""A case study that is played."""

import streamlit as st

from simulator.ui.play import play_page

play_page(st.query_params.get("case", ""))
