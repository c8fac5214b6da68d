import io, random, collections
import pytest, yaml
from core.starter import ContentError
from core.archives import Archive
from courses.exchange.loading import load_module
from courses.exchange.writing import files_of
from tests.courses.test_exchange import module, zipped  # noqa
pytestmark = pytest.mark.django_db
ODD = [None, 5, -1, 10**30, 1.5, True, "", "x", "x"*500, "a\x07b", "nul\0", "\ud800".encode("utf-8","surrogatepass").decode("utf-8","replace"), [], ["a"], [1], [None], {}, {"a": 1}, {"en": 5}, [{"a": 1}], [["x"]], __import__("datetime").date(2026,1,1), __import__("datetime").datetime(2026,1,1)]

def paths(node, at=()):
    yield at
    if isinstance(node, dict):
        for k in node: yield from paths(node[k], at+(k,))
    if isinstance(node, list):
        for n,_ in enumerate(node): yield from paths(node[n], at+(n,))

def put(node, at, v):
    if not at: return v
    import copy
    node = copy.deepcopy(node); here=node
    for k in at[:-1]: here=here[k]
    here[at[-1]]=v
    return node

def test_fuzz(module):
    files = files_of(module)
    found = collections.Counter(); ex={}
    n=0
    for name in files:
        if name.endswith(".yaml"):
            data=yaml.safe_load(files[name]); wrap=lambda d: yaml.safe_dump(d, allow_unicode=True).encode()
        elif name.endswith("why.en.md") or name=="module.fr.md":
            head=files[name].decode().split("---\n")[1]; data=yaml.safe_load(head); wrap=lambda d, name=name: b"---\n"+yaml.safe_dump(d, allow_unicode=True).encode()+b"---\nText\n"
        else: continue
        for at in paths(data):
            for odd in ODD:
                n+=1
                try:
                    load_module(Archive(zipped(files | {name: wrap(put(data, at, odd))})), rehearse=True)
                except ContentError:
                    pass
                except Exception as e:
                    key=(type(e).__name__, str(e)[:60], name.split(".")[-2], tuple("N" if isinstance(k,int) else k for k in at))
                    found[key]+=1; ex[key]=repr(odd)[:40]
                    from django.db import connection
                    if connection.needs_rollback: print("BROKEN", key); connection.set_rollback(False)
    print(n, len(found))
    for k,v in found.most_common(200): print(v, k, ex[k])
