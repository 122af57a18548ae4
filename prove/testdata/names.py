"""How many contrasts diverge under fixed names, by GLPK 5.0 (glpsol --exact) and Python 3:

    python3 names.py prosqa_valid.json.gz

prints for each label law and step the different contrasts and the largest sum of z_v with
<theta, x_v> >= z_v, 0 <= z_v <= 1.
"""
import gzip, json, re, subprocess, sys, tempfile
d=json.load(gzip.open(sys.argv[1]))
def steps(x):
    name={s:i for i,s in enumerate(x['idx_to_symbol'])}
    path=[x['root']]
    for line in x['steps']:
        path.append(name[line.rstrip('.').split(' is a ')[1]])
    return path
folder=tempfile.mkdtemp()
for law in ('path','shortest','frontier'):
  for c in range(4):
    xs=set()
    for x in d:
        path=steps(x)
        if len(path)-1<=c: continue
        n=len(x['idx_to_symbol']); e=x['edges']
        hops={x['root']:0}; q=[x['root']]
        for a in q:
            for u,v in e:
                if u==a and v not in hops: hops[v]=hops[a]+1; q.append(v)
        inside={v for v,h in hops.items() if h<=c}
        if law=='path': lab=[path[c+1]]
        elif law=='frontier': lab=[v for v,h in hops.items() if h==c+1]
        else:
            back={x['target']:0}; q=[x['target']]
            for b in q:
                for u,v in e:
                    if v==b and u not in back: back[u]=back[v]+1; q.append(u)
            L=hops[x['target']]
            lab=[v for v,h in hops.items() if h==c+1 and v in back and h+back[v]==L]
        if not lab: continue
        phi=[[0]*28 for _ in range(n)]
        for u,v in e:
            if u in inside: phi[v][u]=1
        for v in range(n):
            t=tuple(sum(phi[p][j] for p in lab)-len(lab)*phi[v][j] for j in range(28))
            if any(t): xs.add(t)
    xs=sorted(xs)
    with open(folder+'/p.lp','w') as f:
        f.write('Maximize\n o: '+' + '.join('z%d'%i for i in range(len(xs)))+'\nSubject To\n')
        for i,t in enumerate(xs):
            f.write(' r%d: '%i+' '.join('%+d t%d'%(a,j) for j,a in enumerate(t) if a)+' - z%d >= 0\n'%i)
        f.write('Bounds\n'+''.join(' t%d free\n'%j for j in range(28))+''.join(' 0 <= z%d <= 1\n'%i for i in range(len(xs)))+'End\n')
    out=subprocess.run(['glpsol','--lp',folder+'/p.lp','--exact','-o',folder+'/p.sol'],capture_output=True,text=True).stdout
    sol=open(folder+'/p.sol').read()
    print(law,c,len(xs),re.search(r'Status:\s+(\w+)',sol).group(1),re.search(r'Objective:.*',sol).group(0),flush=True)
