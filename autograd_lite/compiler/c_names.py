"""Which names a function of one's own cannot have in a C file: C's words, its library's, and those that C keeps to itself."""

import re

_KEYWORDS = """
alignas alignof asm auto bool break case char const constexpr continue default do double else enum extern false float for fortran
goto if inline int long main nullptr register restrict return short signed sizeof static static_assert struct switch thread_local
true typedef typeof typeof_unqual union unsigned void volatile while
"""
#: With the endings for float, long double and the decimal types.
_MATH = """
abs acos acosh acospi asin asinh asinpi atan atan2 atan2pi atanh atanpi canonicalize cbrt ceil compoundn copysign cos cosh cospi
drem erf erfc exp exp10 exp10m1 exp2 exp2m1 expm1 fabs fadd fdim fdiv ffma finite floor fma fmax fmaximum fmaximum_mag
fmaximum_mag_num fmaximum_num fmaxmag fmin fminimum fminimum_mag fminimum_mag_num fminimum_num fminmag fmod fmul frexp fromfp
fromfpx fsqrt fsub gamma getpayload hypot ilogb isinf isnan j0 j1 jn ldexp lgamma llogb llrint llround log log10 log10p1 log1p log2
log2p1 logb logp1 lrint lround modf nan nearbyint nextafter nextdown nexttoward nextup pow pow10 pown powr remainder remquo rint
rootn round roundeven rsqrt scalb scalbln scalbn setpayload setpayloadsig significand sin sincos sinh sinpi sqrt tan tanh tanpi
tgamma totalorder totalordermag trunc ufromfp ufromfpx y0 y1 yn
daddl ddivl dfmal dmull dsqrtl dsubl quantize quantum samequantum
"""
_OTHERS = """
BUFSIZ DOMAIN EOF FILE INFINITY MAXFLOAT NAN NULL OVERFLOW PLOSS P_tmpdir SING TLOSS UNDERFLOW abort accept access alarm alloca
asctime asprintf atexit atof atoi atol atoll basename bcmp bcopy bind brk bsearch btowc bzero calloc chdir chmod chown clearerr
clock close connect creat ctermid ctime cuserid daemon difftime div dprintf dup dup2 environ erand48 err errno errx exit fclose
fcntl fdopen feof ferror fflush ffs ffsl ffsll fgetc fgetpos fgets fileno fopen fork fpclassify fprintf fputc fputs fread free
freopen fscanf fseek fseeko fsetpos fstat fsync ftell ftello ftruncate fwrite getc getchar getcwd getdelim getenv getline getpid
gets gettext getuid getw gmtime index ioctl kill labs link linux listen llabs lldiv ldiv localtime longjmp lseek malloc
math_errhandling mblen mbtowc mkdir mktime mmap munmap nanosleep obstack offsetof open openat pause pclose perror pipe poll popen
printf putc putchar putenv puts putw qsort raise rand random read readlink realloc recv remove rename rewind rindex rmdir sbrk
scanf select send setbuf setbuffer setenv setjmp setlinebuf setvbuf shutdown signal signbit signgam sleep snprintf socket sprintf
srand srandom sscanf stat stderr stdin stdout stpcpy stpncpy symlink sync system tempnam time times tmpfile tmpnam truncate tzset
umask uname ungetc unix unlink unsetenv usleep utime va_arg va_copy va_end va_list va_start vasprintf vdprintf vfprintf vfscanf
vprintf vscanf vsnprintf vsprintf vsscanf wait waitpid warn write
isalnum isalpha isascii isatty isblank iscanonical iscntrl isdigit iseqsig isfinite isgraph isgreater isgreaterequal isless
islessequal islessgreater islower isnormal isprint ispunct issignaling isspace issubnormal isunordered isupper isxdigit iszero
memalign memccpy memchr memcmp memcpy memmem memmove mempcpy memrchr memset strcasecmp strcasestr strcat strchr strchrnul strcmp
strcoll strcpy strcspn strdup strerror strfmon strfroml strfrom strftime strlcat strlcpy strlen strncasecmp strncat strncmp strncpy
strndup strnlen strpbrk strptime strrchr strsep strsignal strspn strstr strtod strtof strtok strtol strtold strtoll strtoul strtoull
strverscmp strxfrm toascii tolower toupper
fcloseall flockfile fmemopen fopencookie ftrylockfile funlockfile obstack_printf obstack_vprintf open_memstream renameat renameat2
"""
#: Names in the files themselves.
_OURS = "constants gradient seeds sum_of x y"
_TAKEN = frozenset(f"{_KEYWORDS} {_OTHERS} {_OURS}".split())
_PATTERNS = re.compile(
    rf"(?:{'|'.join(_MATH.split())})(?:f|l|f\d+x?|d\d+x?)?(?:_r)?"
    r"|_.*|.*_t|.*_unlocked|(?:FP|HUGE|L|M|MATH|RENAME|SEEK|TMP|FOPEN|FILENAME)_\w+|SNAN\w*"
    r"|(?:wcs|wmem|isw|tow|atomic_|c(?=abs|acos|arg|asin|atan|cos|exp|imag|log|onj|pow|proj|real|sin|sqrt|tan))[a-z]\w*"
    r"|f32\w+|f64\w+|f(?:open|seeko|tello|getpos|setpos|reopen)64|tmpfile64|(?:exec|spawn|pthread_)\w*|t\d+"
)


def refuse_c_name(name: str) -> None:
    """Refuse a name that a function cannot have in C.

    Raises
    ------
    ValueError
        With one that it can have.

    Examples
    --------
    >>> refuse_c_name("NAN")
    Traceback (most recent call last):
    ValueError: 'NAN' is not a name for a function of yours in C: C or its library has it; name='my_NAN' would do
    """
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
        raise ValueError(
            f"{name!r} is not a name for a function of yours in C: letters of ASCII, digits and _, as in name='f1'"
        )
    if name in _TAKEN or _PATTERNS.fullmatch(name):
        other = re.sub(r"_t$", "", f"my_{name.strip('_') or 'f'}")
        raise ValueError(
            f"{name!r} is not a name for a function of yours in C: C or its library has it; name={other!r} would do"
        )


def listed(names: list[str]) -> str:
    """Names as they may stand in a comment: what is no word of ASCII is shown as `?`.

    >>> listed(["w", "*/ int"])
    'w, ?'
    """
    return ", ".join(name if re.fullmatch(r"[\w\[\].]+", name, re.ASCII) else "?" for name in names)
