// SPDX-License-Identifier: Apache-2.0
// Functions whose names C++ has made.
namespace ns {
__attribute__((noinline, noipa)) int add(int a, int b) { return a + b; }
__attribute__((noinline, noipa)) double add(double a) { return a + 1; }
struct box {
	int n;
	__attribute__((noinline, noipa)) int get(int more) const { return n + more; }
};
template <typename T> __attribute__((noinline, noipa)) T twice(T x) { return x + x; }
}

int main()
{
	ns::box box{5};

	ns::add(1, 2);
	ns::add(3, 4);
	ns::add(1.5);
	box.get(2);
	ns::twice<int>(4);
	return 0;
}
