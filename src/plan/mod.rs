//! Campaign, calendar and units to occurrences and deliveries; diff; approval; never sends (floor F2).
