"""Pages are drawn a few at a time: whoever comes meanwhile waits without costing anything.

Python runs one thread at once and lets each keep its turn for 5 ms. With 300 pages being drawn together the thread that
answers sockets and /healthz comes to its turn every 1.5 s, and every page is ready last: measured, 20 s for /healthz.
"""

from __future__ import annotations

import threading

AT_ONCE = 4  # more would not draw faster: they share one turn
turn = threading.BoundedSemaphore(AT_ONCE)
