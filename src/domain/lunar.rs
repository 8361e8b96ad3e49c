//! The Vietnamese lunar calendar.
