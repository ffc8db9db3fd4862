"""A mark that names a symptom is answered, and no other."""

from sock.symptoms import SYMPTOM, answer_to_mark

SYMPTOMS = ("cramp", "tingling", "numbness", "pain", "cold")
WRITTEN = ("Numb", "toes tingle", "it hurts", "calf aches", "pins and needles", "painful", "PAIN!")


def test_a_symptom_is_answered_in_whatever_form_it_is_written():
    for written in SYMPTOMS + WRITTEN:
        assert answer_to_mark(written) == SYMPTOM, written


def test_any_other_mark_is_not():
    for written in ("smooth", "stairs, number 3", "standing", "lying", "a bath", "reached the top", "teaching", ""):
        assert answer_to_mark(written) is None, written
