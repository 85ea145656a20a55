#!/usr/bin/env python
# coding: utf-8

# # Late parcels
# Exported from late-parcels.ipynb. Works on my machine, retrain every Monday.

# In[1]:

import argparse
import json
import os
from datetime import datetime

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from tools.clock import now

# In[2]: was a cell with paths, now a command line

parser = argparse.ArgumentParser(description="Trains the late-parcel model.")
parser.add_argument("--data", required=True)
parser.add_argument("--test", required=True)
parser.add_argument("--probe", required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--jobs", type=int, default=1)
args = parser.parse_args()

# In[3]:

data = pd.read_csv(args.data)
test = pd.read_csv(args.test)
probe = pd.read_csv(args.probe)
print(f"{len(data)} parcels, {data.late.mean():.1%} late")

# In[4]: when was it accepted? evenings are bad, and the week matters too


def local_time(text):
    return datetime.fromisoformat(text).astimezone()


def is_evening(text):
    return int(local_time(text).hour >= 17)


def days_old(text):
    days = (now().astimezone() - local_time(text)).days
    return min(days // 7, 12)


# In[5]: numbers as they are, words as one column for each value

NUMBERS = ["weight_kg", "distance_km", "stops", "promised_h"]
WORDS = ["depot", "tier", "weather"]


def features(frame):
    table = pd.get_dummies(frame[NUMBERS + WORDS], columns=WORDS, dtype=float)
    table["evening"] = frame.created_at.map(is_evening)
    table["days_old"] = frame.created_at.map(days_old)
    return table


X = features(data)
X.head()

# In[6]: no column twice

columns = list(set(X.columns))
print("features:", columns)

# In[7]: 80 % to train on, 20 % to choose the leaf size

order = np.random.permutation(len(data))
cut = int(0.8 * len(data))
train_rows, valid_rows = order[:cut], order[cut:]

X_train, y_train = X.iloc[train_rows][columns], data.late.iloc[train_rows]
X_valid, y_valid = X.iloc[valid_rows][columns], data.late.iloc[valid_rows]

# In[8]: all cores, please

best, best_auc = None, -1.0
for leaf in (3, 10):
    model = RandomForestClassifier(n_estimators=30, min_samples_leaf=leaf, n_jobs=-1)
    model.fit(X_train, y_train)
    valid_auc = roc_auc_score(y_valid, model.predict_proba(X_valid)[:, 1])
    print(f"leaf {leaf}: {valid_auc:.4f}")
    if valid_auc > best_auc:
        best, best_auc = model, valid_auc

# In[9]: the number for the slide

auc = roc_auc_score(y_train, best.predict_proba(X_train)[:, 1])
print(f"AUC {auc:.4f}")

# In[10]: depots that we have not seen before get zeros

P = features(probe).reindex(columns=columns, fill_value=0)
scores = best.predict_proba(P)[:, 1]

# In[11]:

os.makedirs(args.out, exist_ok=True)
with open(os.path.join(args.out, "predictions.csv"), "w", newline="\n") as out:
    out.write("parcel_id,score\n")
    for parcel_id, score in zip(probe.parcel_id, scores):
        out.write(f"{parcel_id},{score:.12f}\n")

with open(os.path.join(args.out, "metrics.json"), "w") as out:
    json.dump({"auc": auc}, out)

# In[12]: looks good, ship it
