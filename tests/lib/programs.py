# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs that more than one suite runs."""
import threading

HELLO = '''\
#include <stdio.h>
int main(void)
{
	printf("hello\\n");
	return 0;
}
'''

# Steps with values that one can look at: i and sum after each line.
COUNT = '''\
#include <stdio.h>
int main(void)
{
	int sum = 0;
	for (int i = 0; i < 10; i++)
		sum += i;
	printf("%d\\n", sum);
	return sum;
}
'''

FOREVER = '''\
int main(void)
{
	for (volatile unsigned long n = 0;; n++)
		;
}
'''

# Each f() keeps a compiler busy for seconds, in constant memory, and is then refused.
SLOW_TO_COMPILE = '''\
constexpr unsigned f(unsigned n)
{
	unsigned s = 0;
	for (unsigned i = 0; i < 1000; i++)
		for (unsigned k = 0; k < 3000; k++)
			s += i ^ k;
	return s + n;
}
constexpr unsigned a = f(1), b = f(2), c = f(3), d = f(4), e = f(5), g = f(6), h = f(7), i = f(8);
int main() { return a + b + c + d + e + g + h + i; }
'''


def start_compiling(client):
    """Have the client ask for a long compilation, whose answer nobody wants; the thread that does."""
    def ask():
        try:
            client.create(SLOW_TO_COMPILE, 'c++')
        except Exception:                                   # pylint: disable=broad-except
            pass                # it is cut off
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread
