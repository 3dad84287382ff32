"""The demonstration company: a builder of sheet metal machines, its customers, and two years of work.

Everything goes in as a company's own data would: articles and prices through the ERP's files, customers and
machines sold before through imports, offers, activities and requests through the public API as the users who
do such work. Names and numbers are invented; `company/` holds what an ERP would export.
"""
