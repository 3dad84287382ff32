"""The bare path: the same libraries and the same hops, and nothing of what we do between them.

    HTTP -> Starlette, grpc.aio (process `edge`) -> grpcio, psycopg (process `owner`) -> PostgreSQL

No authentication, no permissions, no validation, no claims, no events, no telemetry. What a request costs
here is what the machine asks for it; the rest is ours.
"""
