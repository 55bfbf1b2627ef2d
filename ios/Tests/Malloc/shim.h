// What the C library tells of the heap: Swift's module of it leaves this header out.
#include <malloc.h>
