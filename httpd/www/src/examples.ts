/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The programs of the Examples menu. Each shows one thing, and is short enough to be read whole. */

export interface Example {
	title: string;
	about: string;
	language: string;
	flags?: string;
	args?: string;
	text: string;
}

const hello = `#include <stdio.h>

int main(void)
{
	int year = 2026;
	const char *who = "penguin";

	printf("Hello, %s!\\n", who);
	year++;
	printf("It is nearly %d.\\n", year);
	return 0;
}
`;

const factorial = `/* Each call has a frame of its own on the stack: step in, and watch it grow. */
#include <stdio.h>

static long factorial(int n)
{
	if (n <= 1)
		return 1;
	return n * factorial(n - 1);
}

int main(void)
{
	long result = factorial(5);

	printf("5! = %ld\\n", result);
	return 0;
}
`;

const bubble = `/* A loop in a loop, and two array cells that trade places. */
#include <stdio.h>

static void sort(int *a, int n)
{
	for (int end = n - 1; end > 0; end--)
		for (int i = 0; i < end; i++)
			if (a[i] > a[i + 1]) {
				int t = a[i];

				a[i] = a[i + 1];
				a[i + 1] = t;
			}
}

int main(void)
{
	int a[] = { 5, 2, 4, 1, 3 };
	int n = sizeof(a) / sizeof(a[0]);

	sort(a, n);
	for (int i = 0; i < n; i++)
		printf("%d ", a[i]);
	printf("\\n");
	return 0;
}
`;

const input = `/* The program waits until something is typed below the output. */
#include <stdio.h>

int main(void)
{
	char name[32];
	int age;

	printf("Your name? ");
	fflush(stdout);
	if (scanf("%31s", name) != 1)
		return 1;
	printf("How old are you, %s? ", name);
	fflush(stdout);
	if (scanf("%d", &age) != 1)
		return 1;
	printf("Next year you are %d.\\n", age + 1);
	return 0;
}
`;

const segfault = `/* The last node's next is NULL, and nobody looks. Step in (F11) until it crashes, then back (Alt+F11). */
#include <stdio.h>

struct node {
	int value;
	struct node *next;
};

static int sum(const struct node *n)
{
	int total = 0;

	while (n->value != -1) {
		total += n->value;
		n = n->next;
	}
	return total;
}

int main(void)
{
	struct node last = { 3, NULL };
	struct node first = { 2, &last };

	printf("The sum is %d\\n", sum(&first));
	return 0;
}
`;

const containers = `// What lies behind a vector and a map: step into the calls of your own code.
#include <iostream>
#include <map>
#include <string>
#include <vector>

static std::map<std::string, int> count(const std::vector<std::string> &words)
{
	std::map<std::string, int> seen;

	for (const auto &word : words)
		seen[word]++;
	return seen;
}

int main()
{
	std::vector<std::string> words = { "ice", "fish", "ice", "snow" };

	words.push_back("fish");
	for (const auto &entry : count(words))
		std::cout << entry.first << ": " << entry.second << "\\n";
	return 0;
}
`;

const asmMain = `# A function of our own in AT&T syntax, called by the C library's start-up code.
	.globl	main
	.text

# long sum(long n): 1 + 2 + ... + n
sum:
	xorl	%eax, %eax
again:
	addq	%rdi, %rax
	decq	%rdi
	jnz	again
	ret

main:
	pushq	%rbp
	movq	%rsp, %rbp
	movq	$10, %rdi
	call	sum
	movq	%rax, %rsi
	leaq	format(%rip), %rdi
	xorl	%eax, %eax
	call	printf
	xorl	%eax, %eax
	popq	%rbp
	ret

	.section .rodata
format:	.asciz	"1 + ... + 10 = %ld\\n"
	.section .note.GNU-stack,"",@progbits
`;

const asmStart = `# No C library at all: Intel syntax, and the kernel is asked directly.
	.intel_syntax noprefix
	.globl	_start
	.text

_start:
	mov	eax, 1			# write
	mov	edi, 1			# to standard output
	lea	rsi, [rip + text]
	mov	edx, offset length
	syscall

	mov	eax, 60			# exit
	mov	edi, 7			# with this code
	syscall

	.section .rodata
text:	.ascii	"No library, no main.\\n"
	.set	length, . - text
`;

const threads = `/* Two threads add to one counter; only one of them may do so at a time. */
#include <pthread.h>
#include <stdio.h>

static int counter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *by)
{
	for (int i = 0; i < 3; i++) {
		pthread_mutex_lock(&lock);
		counter += *(int *)by;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int main(void)
{
	pthread_t one, ten;
	int by[] = { 1, 10 };

	pthread_create(&one, NULL, worker, &by[0]);
	pthread_create(&ten, NULL, worker, &by[1]);
	pthread_join(one, NULL);
	pthread_join(ten, NULL);
	printf("counter = %d\\n", counter);
	return 0;
}
`;

export const examples: Example[] = [
	{ title: "Hello", about: "C: variables and output", language: "c", text: hello },
	{ title: "Factorial", about: "C: recursion and the stack", language: "c", text: factorial },
	{ title: "Sorting", about: "C: loops and an array", language: "c", text: bubble },
	{ title: "Reading input", about: "C: the program waits for you", language: "c", text: input },
	{ title: "Segmentation fault", about: "C: step into a crash, and back from it", language: "c", text: segfault },
	{ title: "Threads", about: "C: two threads and a lock", language: "c", text: threads },
	{ title: "Vector and map", about: "C++: containers and strings", language: "c++", text: containers },
	{ title: "Assembly with main", about: "AT&T syntax, calls printf", language: "asm", text: asmMain },
	{ title: "Assembly with _start", about: "Intel syntax, system calls only", language: "asm", text: asmStart },
];
