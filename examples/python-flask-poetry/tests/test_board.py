def test_an_empty_board_has_no_notes(client):
    assert "Notes so far: 0" in client.get("/").text


def test_a_note_is_kept(client):
    client.post("/notes", data={"body": "buy milk"})
    assert "<li>buy milk</li>" in client.get("/").text
