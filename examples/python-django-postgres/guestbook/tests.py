from django.test import SimpleTestCase

from guestbook.views import sentence


class GuestbookTests(SimpleTestCase):
    def test_the_visits_are_told(self):
        self.assertEqual(sentence(3), "Visits on record: 3")
