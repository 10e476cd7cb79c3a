"""Buying: an order and what is told of it are one transaction."""

from datetime import timedelta

from columba_producer.django import enqueue
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from shop.models import Order

_PAGE = """<!doctype html><title>Shop</title><h1>Shop</h1>
<form method=post action=/buy>
<input name=email type=email placeholder=you@example.org required> <input name=thing placeholder="teapot" required>
<button>Buy</button></form><ul>{}</ul>
"""


@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """Show what was sold, and a form to buy more."""
    del request
    return HttpResponse(
        format_html(_PAGE, format_html_join("", "<li>{}</li>", ((each,) for each in Order.objects.all())))
    )


@csrf_exempt  # no one is logged in here
@require_POST
def buy(request: HttpRequest) -> HttpResponse:
    """Sell a thing; whoever is told that it is theirs has it."""
    email, thing = request.POST["email"], request.POST["thing"]
    try:
        with transaction.atomic():
            EmailMessage("Your order", f"You have bought {thing}. Thank you!\n", to=[email]).send()
            enqueue("order.shipped", to=email, context={"thing": thing}, defer_for=timedelta(seconds=2))
            Order.objects.create(email=email, thing=thing)
    except IntegrityError:  # and with the order, what was to be told of it is gone
        return HttpResponse("Somebody else has it already.\n", status=409)
    return HttpResponse("It is yours.\n", status=201)
