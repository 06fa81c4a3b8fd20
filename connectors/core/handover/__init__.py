"""People take over a conversation and give it back: the queue, who owns what, and what customers are told of it.

Nothing here knows a channel or the desk's pages. Every change of ownership happens under the conversation's lock.
"""
