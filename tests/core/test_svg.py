"""Drawings in SVG: only shapes and words; whatever could run, load or lead anywhere is refused."""

import pytest
from django.core.exceptions import ValidationError

from core.svg import safe_drawing

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'


@pytest.mark.parametrize(
    "inside",
    [
        "<style>@media (prefers-color-scheme: dark) { rect { fill: #fff } }</style><rect width='1' height='1'/>",
        "<defs><linearGradient id='g'/></defs><rect fill='url(#g)'/><use href='#g'/>",
    ],
)
def test_shapes_words_and_their_own_style_are_taken(inside):
    safe_drawing(f"{HEAD}{inside}</svg>")


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        "<image href='https://e.example/x.png'/>",
        "<use xlink:href='https://e.example/x.svg#a'/>",
        "<rect onclick='1'/>",
        "<style>@import 'https://e.example/x.css';</style>",
        "<style>@\\69mport 'https://e.example/x.css';</style>",
        "<style>rect { fill: u\\72l(https://e.example/x) }</style>",
        "<style>rect{}<title/>@import 'https://e.example/x.css';</style>",
        "<style>svg { background: image-set('https://e.example/x.png' 1x) }</style>",
        "<rect style='fill: u\\72l(https://e.example/x)'/>",
        "<g xml:base='https://e.example/'><use href='#a'/></g>",
    ],
)
def test_what_leads_out_is_refused(inside):
    with pytest.raises(ValidationError):
        safe_drawing(f"{HEAD}{inside}</svg>")


def test_a_stylesheet_from_elsewhere_is_refused():
    with pytest.raises(ValidationError):
        safe_drawing(f"<?xml version='1.0'?><?xml-stylesheet href='https://e.example/x.css'?>{HEAD}</svg>")
