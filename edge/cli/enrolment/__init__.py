"""The part of ``smartstore models`` that is about products: enrol them, judge and compare galleries, and move galleries between stores."""
