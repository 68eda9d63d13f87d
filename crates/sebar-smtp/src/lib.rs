//! The SMTP protocol, both ways: a client connection and a server.
