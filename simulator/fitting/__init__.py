"""From recorded times to distributions and arrival processes of the file format.

``column`` reads them · ``laws`` and ``candidates`` fit each kind of distribution and judge it by
AIC and by its distance from the data · ``arrivals`` also asks whether the rate is constant and the
gaps are independent · ``report`` puts it into words, JSON and YAML.

SciPy's distributions take long to import; nothing else needs them.
"""
