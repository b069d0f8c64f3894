# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs that tests step through."""

CALLS = r'''#include <stdio.h>

static int twice(int x)
{
	int y = x * 2;

	return y;
}

int main(void)
{
	int a = 0;
	int b = 3;

	a = twice(3);
	for (int i = 0; i < 4; i++)
		a += twice(i);
	if (a > 100)
		puts("big");
	return b;
}
'''

LOOP = r'''int main(void)
{
	volatile unsigned long n = 0;

	for (;;)
		n++;
}
'''

NATIVE = r'''int main(void)
{
	unsigned long n = 25000000, sum = 0;

	/* four instructions a turn: 10^8 */
	__asm__ volatile("1: add %0, %1\n\tnop\n\tdec %0\n\tjnz 1b" : "+r"(n), "+r"(sum));
	return sum == 0;
}
'''

LIBRARY = r'''#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int main(void)
{
	char data[64];
	int numbers[] = { 3, 1, 2 };

	data[63] = 0;
	memset(data, 'a', 63);
	qsort(numbers, 3, sizeof(numbers[0]), compare);
	return numbers[0] + data[0];
}
'''

SCALARS = r'''static int look(int n, const char *text)
{
	int *pointer = &n;
	double half = n / 2.0;

	return n + *pointer + (int)half + text[0];
}

int main(void)
{
	long big = 1234567890123;
	int result;

	result = look(7, "pinguin");
	return result == big;
}
'''

PRINTER = r'''#include <unistd.h>

int main(void)
{
	write(1, "one\n", 4);
	write(1, "two\n", 4);
	for (;;)
		;
}
'''

ECHO = r'''#include <stdio.h>

int main(void)
{
	char name[32];
	int got;

	printf("name? ");
	fflush(stdout);
	got = scanf("%31s", name);
	printf("hello %s\n", name);
	got = scanf("%31s", name);
	return got == EOF ? 4 : 0;
}
'''

FAULT = r'''static int fall(int *nowhere)
{
	*nowhere = 1;
	return 0;
}

int main(void)
{
	int before = 5;

	return before + fall((int *)0);
}
'''

THREADS = r'''#include <pthread.h>

static int work;

static void *worker(void *arg)
{
	work += 1;
	return arg;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, 0, worker, 0);
	pthread_join(one, 0);
	pthread_create(&two, 0, worker, 0);
	pthread_join(two, 0);
	return work;
}
'''

CXX_HELLO = r'''#include <iostream>
#include <map>
#include <string>
#include <vector>

union Number {
	int i;
	float f;
};

static int square(int x)
{
	return x * x;
}

int main()
{
	std::map<std::string, int> birds;
	std::vector<int> list = { 1, 2, 3 };
	union Number number;
	int (*pointer)(int) = square;
	int n = (int)list.size() + 1;
	int vla[n];
	int base = 5;
	auto add = [base](int x) { return base + x; };	// lambda

	birds["tux"] = n - 1;
	for (int i = 0; i < n; i++)
		vla[i] = i + 1;
	number.f = 1.0f;
	n = pointer(2);
	int sum = add(3);
	std::cout << "tux " << birds["tux"] << " lambda " << sum << " vla " << vla[0] + vla[1] + vla[2] + vla[3]
		  << " union " << (number.i != 0) << " square " << n << std::endl;
	return 0;
}
'''

ASM_ATT = r'''	.text
	.globl main
main:
	movl $42, %eax
	cmpl $42, %eax
	push %rax
	pop %rbx
	call inner
	ret
inner:
	nop
	ret
	.section .note.GNU-stack,"",@progbits
'''

ASM_INTEL = r'''	.intel_syntax noprefix
	.text
	.globl main
main:
	mov eax, 42
	push rax
	pop rcx
	ret
	.section .note.GNU-stack,"",@progbits
'''

ASM_START = r'''	.text
	.globl _start
_start:
	mov $42, %eax
	mov %eax, %edi
	mov $231, %eax
	syscall
'''

HANDLER = r'''#include <signal.h>

static volatile int caught;

static void handler(int number)
{
	caught = number;
}

int main(void)
{
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	return caught;
}
'''
