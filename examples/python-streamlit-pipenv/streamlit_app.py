import numpy as np
import streamlit as st

st.title("Squares of a number line")

count = st.slider("How many", min_value=1, max_value=20, value=10)
numbers = np.arange(count)

st.line_chart(numbers**2)
st.write(f"The last square is {numbers[-1] ** 2}")
