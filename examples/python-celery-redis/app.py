from flask import Flask

from tasks import add

app = Flask(__name__)


@app.get("/")
def index():
    return "Ask for /add/1/2"


@app.get("/add/<int:x>/<int:y>")
def sum_of(x, y):
    return f"The worker says {add.delay(x, y).get(timeout=20)}"
