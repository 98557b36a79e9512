// SPDX-License-Identifier: Apache-2.0
// lookup: asks the C library for addresses of names, once in each way.
#include <netdb.h>
#include <sys/socket.h>

int main(void)
{
	struct addrinfo *list = 0;

	if (getaddrinfo("127.0.0.1", "80", 0, &list))
		return 1;
	freeaddrinfo(list);
	return !gethostbyname("127.0.0.2") || !gethostbyname2("127.0.0.3", AF_INET);
}
