"""What keeps a program running that serves nobody: queues, schedules, bots, loops. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scaffold.model import Fact

from ..code.code import Call
from ..code.origins import callee
from ..code.subcommands import find_subcommand
from ..code.syntax import Node, above, below, callee_of, field, function_around, text_of

if TYPE_CHECKING:
    from ..code.code import Code
    from ..code.program import Program

#: Functions that a program consumes, listens or waits by, by the package that has them.
_ENDLESS = {
    "github.com/hibiken/asynq": ("Run", "Start"),
    "github.com/RichardKnop/machinery": ("Launch", "NewWorker"),
    "github.com/gocraft/work": ("Start",),
    "github.com/riverqueue/river": ("Start",),
    "github.com/contribsys/faktory_worker_go": ("Run",),
    "go.temporal.io/sdk/worker": ("Run", "Start"),
    "go.uber.org/cadence/worker": ("Run", "Start"),
    "github.com/robfig/cron": ("Start", "Run"),
    "github.com/go-co-op/gocron": ("Start", "StartAsync", "StartBlocking"),
    "github.com/jasonlvhit/gocron": ("Start",),
    "github.com/reugn/go-quartz/quartz": ("Start",),
    "github.com/segmentio/kafka-go": ("FetchMessage", "ReadMessage"),
    "github.com/IBM/sarama": ("Consume", "ConsumePartition"),
    "github.com/Shopify/sarama": ("Consume", "ConsumePartition"),
    "github.com/twmb/franz-go/pkg/kgo": ("PollFetches", "PollRecords"),
    "github.com/confluentinc/confluent-kafka-go/kafka": ("Poll", "ReadMessage", "SubscribeTopics"),
    "github.com/rabbitmq/amqp091-go": ("Consume", "ConsumeWithContext"),
    "github.com/streadway/amqp": ("Consume",),
    "github.com/wagslane/go-rabbitmq": ("NewConsumer",),
    "github.com/nats-io/nats.go": ("Subscribe", "QueueSubscribe", "ChanSubscribe"),
    "github.com/nats-io/nats.go/jetstream": ("Consume", "Messages"),
    "github.com/nsqio/go-nsq": ("ConnectToNSQD", "ConnectToNSQLookupd", "ConnectToNSQDs"),
    "github.com/apache/pulsar-client-go/pulsar": ("Receive",),
    "github.com/redis/go-redis": ("Subscribe", "PSubscribe", "XReadGroup", "XRead", "BLPop", "BRPop"),
    "github.com/go-redis/redis": ("Subscribe", "PSubscribe", "XReadGroup", "XRead", "BLPop", "BRPop"),
    "cloud.google.com/go/pubsub": ("Receive",),
    "github.com/aws/aws-sdk-go-v2/service/sqs": ("ReceiveMessage",),
    "github.com/aws/aws-sdk-go/service/sqs": ("ReceiveMessage", "ReceiveMessageWithContext"),
    "github.com/aws/aws-lambda-go/lambda": ("Start", "StartWithOptions"),
    "github.com/ThreeDotsLabs/watermill/message": ("Run",),
    "github.com/eclipse/paho.mqtt.golang": ("Subscribe", "SubscribeMultiple"),
    "github.com/bwmarrin/discordgo": ("Open",),
    "github.com/diamondburned/arikawa": ("Open", "Connect"),
    "github.com/go-telegram-bot-api/telegram-bot-api": ("GetUpdatesChan",),
    "github.com/go-telegram/bot": ("Start",),
    "gopkg.in/telebot": ("Start",),
    "gopkg.in/tucnak/telebot": ("Start",),
    "github.com/tucnak/telebot": ("Start",),
    "github.com/PaulSonOfLars/gotgbot": ("StartPolling",),
    "github.com/mymmrac/telego": ("UpdatesViaLongPolling",),
    "github.com/slack-go/slack/socketmode": ("Run", "RunContext"),
    "github.com/slack-go/slack": ("ManageConnection",),
    "github.com/thoj/go-ircevent": ("Loop",),
    "github.com/gempir/go-twitch-irc": ("Connect",),
    "go.mau.fi/whatsmeow": ("Connect",),
    "maunium.net/go/mautrix": ("Sync",),
    "github.com/fsnotify/fsnotify": ("NewWatcher",),
    "sigs.k8s.io/controller-runtime": ("Start",),
    "k8s.io/client-go/tools/cache": ("WaitForCacheSync",),
    "github.com/gorilla/websocket": ("ReadMessage", "ReadJSON"),
}
_NAMES = tuple(dict.fromkeys(name for names in _ENDLESS.values() for name in names))
_SIGNALS = ("os/signal.Notify", "os/signal.NotifyContext")
#: What waits in a loop that never ends.
_WAITS = ("time.Sleep", "time.After", "time.Tick", "time.NewTicker", "time.NewTimer")


def find_endless(program: Program, subcommands: str) -> Fact | None:
    """Return what keeps PROGRAM running, and where; None where nothing is known to.

    Under a subcommand it counts where that is called like one of the pattern SUBCOMMANDS.
    """
    for call, what in (*_of_libraries(program), *_of_code(program)):
        words = find_subcommand(program, call)
        if not words or re.fullmatch(subcommands, words[-1]):
            return Fact(what, call.place)
    return None


def _of_libraries(program: Program) -> Iterator[tuple[Call, str]]:
    for call in program.calls(*_NAMES):
        name = callee(call.code, call.node)
        for path, names in _ENDLESS.items():
            is_its = name.startswith(f"{path}.") or (not name.count("/") and path in call.code.packages)
            if call.name in names and is_its:
                yield call, f"{path}.{call.name}"


def _of_code(program: Program) -> Iterator[tuple[Call, str]]:
    """Yield what waits in the program's own code: for a signal, for ever, from one time to the next."""
    for code in program.mentioning("select", "signal.", "time."):
        for node in below(code.root):
            if _is_aside(node):
                continue
            if node.type == "select_statement" and not node.named_children:
                yield Call(code, node), "select {}"
            elif node.type == "expression_statement" and _waits_for_signal(code, node):
                yield Call(code, node), "a signal"
            elif node.type == "for_statement" and _is_endless(node) and _waits(code, node):
                yield Call(code, node), "a loop"


def _waits_for_signal(code: Code, node: Node) -> bool:
    """Whether a statement is `<-done`, in a function that asks to be told of signals."""
    inner = next(iter(node.named_children), None)
    if inner is None or inner.type != "unary_expression" or not text_of(inner).startswith("<-"):
        return False
    around = function_around(node)
    return around is not None and any(
        callee(code, one) in _SIGNALS for one in below(around) if one.type == "call_expression"
    )


def _is_endless(loop: Node) -> bool:
    """Whether a loop has no condition, or is over a ticker."""
    head = [one for one in loop.named_children if one.type not in {"block", "comment"}]
    is_ticker = (
        bool(head) and head[0].type == "range_clause" and text_of(field(head[0], "right")).endswith(".C")
    )
    return is_ticker or not head


def _is_aside(node: Node) -> bool:
    """Whether what waits is no waiting of the program: `go` started it."""
    waits = node.type in {"select_statement", "expression_statement", "for_statement"}
    return not waits or any(one.type == "go_statement" for one in above(node))


def _waits(code: Code, loop: Node) -> bool:
    if text_of(loop).startswith("for range ") or "range_clause" in {one.type for one in loop.named_children}:
        return True
    return any(
        callee(code, one) in _WAITS or text_of(callee_of(one)) in _WAITS
        for one in below(loop)
        if one.type == "call_expression"
    )
