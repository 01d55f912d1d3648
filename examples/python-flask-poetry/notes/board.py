from flask import Blueprint, redirect, render_template, request, url_for

from .db import get_db

bp = Blueprint("board", __name__)


@bp.get("/")
def index():
    notes = get_db().execute("SELECT body FROM note ORDER BY id").fetchall()
    return render_template("index.html", title="Notes so far", notes=notes)


@bp.post("/notes")
def create():
    db = get_db()
    db.execute("INSERT INTO note (body) VALUES (?)", (request.form["body"],))
    db.commit()
    return redirect(url_for("board.index"))
