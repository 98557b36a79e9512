#define SIZE 2
struct in_header { int a; };
