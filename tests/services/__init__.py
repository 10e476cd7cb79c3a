"""Private RabbitMQ, PostgreSQL and MariaDB servers for tests: own ports, own folder, gone when the tests are over."""
