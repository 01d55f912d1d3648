from django.shortcuts import render

from guestbook.models import Visit


def sentence(count):
    return f"Visits on record: {count}"


def index(request):
    Visit.objects.create()
    return render(request, "guestbook/index.html", {"sentence": sentence(Visit.objects.count())})
