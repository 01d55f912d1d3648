from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).parent.parent / "streamlit_app.py"


def test_the_page_has_its_title():
    assert AppTest.from_file(APP).run(timeout=30).title[0].value == "Squares of a number line"


def test_the_slider_moves_the_last_square():
    page = AppTest.from_file(APP).run(timeout=30)
    assert page.slider[0].set_value(3).run(timeout=30).markdown[0].value == "The last square is 4"
