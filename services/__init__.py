"""One folder a microservice, each runnable alone or all in one process."""
