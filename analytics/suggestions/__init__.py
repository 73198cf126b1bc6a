"""Machine suggestions: what a model learnt from the bank's own history says of a customer (docs/decisions/0055; pure).

``table`` holds what is known, ``learnt`` is a model as plain numbers and how it judges, ``figures`` says how good it
was on rows it never saw, ``training`` makes one. Only ``training`` needs scikit-learn, which is an extra
(requirements-ml.txt) and is imported when somebody trains, never by a page or a night.
"""
