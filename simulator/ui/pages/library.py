"""The library: all case studies, and a way to open one's own."""

import streamlit as st

from simulator.ui.cards import card, filters, nothing_found, unreadable
from simulator.ui.own_file import own_file
from simulator.ui.shelf import Opened, shelf

st.title("Case studies", anchor=False)
st.markdown("Predict what breaks, simulate it, compare the fixes.")

found = shelf()
chosen = filters([each.scenario for each in found.values() if isinstance(each, Opened)])
matching = {
    case: each
    for case, each in found.items()
    if not isinstance(each, Opened) or chosen.matches(each.scenario)
}
if not matching:
    nothing_found()
with st.grid(min_column_width=290, gap="medium"):
    for case, each in matching.items():
        if isinstance(each, Opened):
            card(each)
        else:
            unreadable(case, each)
own_file()
