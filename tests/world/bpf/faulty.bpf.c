failed
faulty.bpf.c:1:27: error: use of undeclared identifier 'nosuch'
    1 | int f(int a) { return a + nosuch; }
      |                           ^
1 error generated.
