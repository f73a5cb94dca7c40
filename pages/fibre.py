from __future__ import annotations

import streamlit as st

st.title("fibre")
st.write("Gladbeck, Dorsten, Herten: äöüß 0123456789")
