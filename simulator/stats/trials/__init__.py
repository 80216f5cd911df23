"""Trials: telling from users' outcomes whether one version is better or worse than another.

``sizes`` how many users it takes · ``differences`` of two arms, and their errors · ``looks`` what
looking again and again costs · ``sequential`` tests that may be looked at all the time ·
``judging`` two samples side by side, and many of them · ``series`` what becomes of that if values
remember those before them.

A trial compares *arms*, a control and a treatment, by what becomes of each user.
"""
