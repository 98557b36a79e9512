#ifndef GUARDED_H
#define GUARDED_H
#error a header that says no
#endif
