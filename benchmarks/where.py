"""`python -m benchmarks.where PAGE`: where the time of one page goes (cProfile) and its SQL.

PAGE: floor, or a page of courses ("unit", "module list" …). Figures under the profiler are about twice the real ones.
"""

import sys

from benchmarks import courses, floor
from benchmarks.harness import House


def main() -> None:
    pages = sys.argv[1:] or ["floor"]
    with House(tiny=True) as house:
        site = house.site("where")
        facts = site.ask("courses:seed", **courses.TINY)
        paths = {"floor": floor.PATH} | {name: f"/fr{path}" for name, path in facts["paths"].items()}
        for page in pages:
            cookie = facts["writers" if page == "attempt" else "readers"][0]
            print(site.ask("inside:profile", path=paths[page], cookie=cookie))
            for sql in site.ask("inside:queries", paths={page: paths[page]}, cookie=cookie)[page]:
                print("--", sql[:400])


if __name__ == "__main__":
    main()
